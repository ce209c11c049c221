//! Zones: how far agents may go on a resource, as data that a policy reads as a number.
//!
//! INVARIANT: where several lists fit, the strictest holds, and what no list names is in zone 3.

use super::path_glob::{PathGlob, SplitPath};
use bailiwick_authority::{Name, Resource};

/// The three lists. A glob is held against `<connection>/<name>`, as `github/acme/backend`, and against
/// `<connection>/<id>`, as `github/repository:1296269`; the two cannot be mistaken for each other, since a
/// name has a slash and an id has none.
#[derive(Clone, Debug, Default)]
pub(super) struct Zones {
    full: Vec<PathGlob>,
    limited: Vec<PathGlob>,
    none: Vec<PathGlob>,
}

impl Zones {
    pub(super) fn new(full: Vec<PathGlob>, limited: Vec<PathGlob>, none: Vec<PathGlob>) -> Zones {
        Zones { full, limited, none }
    }

    /// 1 for full access, 2 for limited, 3 for none.
    pub(super) fn of(&self, connection: &Name, resource: &Resource) -> u32 {
        let name = SplitPath::of(&format!("{connection}/{}", resource.name));
        let id = SplitPath::of(&format!("{connection}/{}", resource.id));
        let listed = |globs: &[PathGlob]| globs.iter().any(|glob| glob.covers(&name) || glob.covers(&id));
        match () {
            () if listed(&self.none) => 3,
            () if listed(&self.limited) => 2,
            () if listed(&self.full) => 1,
            () => 3,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zones(full: &[&str], limited: &[&str], none: &[&str]) -> Zones {
        let globs =
            |texts: &[&str]| texts.iter().map(|text| PathGlob::parse(text).expect("a glob")).collect();
        Zones::new(globs(full), globs(limited), globs(none))
    }

    fn of(zones: &Zones, connection: &str, id: &str, name: &str) -> u32 {
        let resource = Resource { id: id.parse().expect("an id"), name: name.parse().expect("a name") };
        zones.of(&connection.parse().expect("a connection"), &resource)
    }

    #[test]
    fn the_strictest_list_holds_and_what_no_list_names_is_closed() {
        let zones =
            zones(&["github/acme/sandbox-*", "github/acme/payroll"], &["github/acme/*"], &["*/*/payroll"]);
        assert_eq!(
            of(&zones, "github", "repository:1", "acme/sandbox-1"),
            2,
            "listed twice: limited is stricter"
        );
        assert_eq!(of(&zones, "github", "repository:1", "acme/payroll"), 3);
        assert_eq!(of(&zones, "github", "repository:1", "other/backend"), 3);
        assert_eq!(of(&zones, "enterprise", "repository:1", "acme/backend"), 3, "another connection");
        assert_eq!(of(&Zones::default(), "github", "repository:1", "acme/backend"), 3);
    }

    #[test]
    fn an_id_outlives_a_name() {
        let zones = zones(&["github/acme/*"], &[], &["github/repository:7"]);
        assert_eq!(of(&zones, "github", "repository:7", "acme/renamed"), 3);
        assert_eq!(of(&zones, "github", "repository:8", "acme/backend"), 1);
        // A name does not look like an id, nor an id like a name.
        assert_eq!(of(&zones, "github", "repository:8", "repository:7/x"), 3);
    }
}
