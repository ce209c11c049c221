//! Globs over paths of a repository, for what `data.json` protects.
//!
//! A glob is compared segment by segment: `**` stands for any number of segments, none included, and
//! `*` for any run of characters within one. `x/**` also covers `x` itself, since a folder can be replaced by
//! a link of its name. Letters compare without case: some file systems do, and protecting more is safe.

/// A glob whose form was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PathGlob(Vec<Segment>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    /// `**`.
    AnyDepth,
    /// Without `*`, in lower case.
    Plain(String),
    /// With `*`, in lower case.
    Pattern(Vec<char>),
}

/// A path as globs are held against it: in lower case, segment by segment.
#[derive(Clone, Debug)]
pub(super) struct SplitPath(Vec<String>);

impl SplitPath {
    pub(super) fn of(path: &str) -> SplitPath {
        SplitPath(path.to_lowercase().split('/').map(str::to_owned).collect())
    }
}

impl PathGlob {
    /// Reads a glob; the error says what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<PathGlob, &'static str> {
        if text.is_empty() || text.len() > 512 {
            return Err("a glob has 1 to 512 bytes");
        }
        if text.chars().any(|c| c.is_control() || matches!(c, '\\' | '?' | '[' | ']' | '{' | '}' | '!')) {
            return Err("a glob has `*` and `**` and no other special character");
        }
        let segments: Vec<String> = text.split('/').map(str::to_lowercase).collect();
        for segment in &segments {
            if matches!(segment.as_str(), "" | "." | "..") {
                return Err("a glob is a plain relative path: no empty, `.` or `..` segment");
            }
            if segment != "**" && segment.contains("**") {
                return Err("`**` stands alone between slashes");
            }
        }
        if segments.len() > 32 {
            return Err("a glob has at most 32 segments");
        }
        let read = |text: String| match text.as_str() {
            "**" => Segment::AnyDepth,
            plain if !plain.contains('*') => Segment::Plain(text),
            pattern => Segment::Pattern(pattern.chars().collect()),
        };
        Ok(PathGlob(segments.into_iter().map(read).collect()))
    }

    /// Whether the glob covers the path.
    pub(super) fn covers(&self, path: &SplitPath) -> bool {
        // Most globs begin with a plain segment that is another one.
        if let (Some(Segment::Plain(first)), Some(segment)) = (self.0.first(), path.0.first())
            && first != segment
        {
            return false;
        }
        run(&self.0, &path.0, |segment| *segment == Segment::AnyDepth, segment_matches)
    }
}

fn segment_matches(segment: &Segment, text: &String) -> bool {
    match segment {
        Segment::AnyDepth => true,
        Segment::Plain(plain) => plain == text,
        Segment::Pattern(pattern) => {
            let text: Vec<char> = text.chars().collect();
            run(pattern, &text, |c| *c == '*', |c, d| c == d)
        }
    }
}

/// Matches with one wildcard kind by keeping the set of reachable pattern positions: the cost is the
/// product of the lengths, whatever the pattern.
fn run<P, T>(pattern: &[P], text: &[T], any: impl Fn(&P) -> bool, same: impl Fn(&P, &T) -> bool) -> bool {
    let mut reached = vec![true];
    reached.extend(pattern.iter().scan(true, |open, item| {
        *open = *open && any(item);
        Some(*open)
    }));
    for one in text {
        let mut next = vec![false; reached.len()];
        for (at, item) in pattern.iter().enumerate() {
            let here = reached.get(at).copied().unwrap_or(false);
            let before = next.get(at).copied().unwrap_or(false);
            let stays = reached.get(at.saturating_add(1)).copied().unwrap_or(false);
            let hit = if any(item) { here || stays || before } else { here && same(item, one) };
            if let Some(slot) = next.get_mut(at.saturating_add(1)) {
                *slot = hit;
            }
        }
        reached = next;
    }
    reached.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(glob: &str, path: &str) -> bool {
        PathGlob::parse(glob).expect("a glob").covers(&SplitPath::of(path))
    }

    #[test]
    fn folders_cover_themselves_and_everything_below() {
        for path in [".github", ".github/workflows/ci.yml", ".GitHub/x", ".github/"] {
            assert!(covers(".github/**", path), "`{path}` is not covered");
        }
        for path in ["github/x", "a/.github/x", ".githubx/y", ".github.md", "x.github"] {
            assert!(!covers(".github/**", path), "`{path}` is covered");
        }
    }

    #[test]
    fn anywhere_includes_the_root() {
        for path in ["CODEOWNERS", "docs/CODEOWNERS", "a/b/codeowners"] {
            assert!(covers("**/CODEOWNERS", path), "`{path}` is not covered");
        }
        assert!(!covers("**/CODEOWNERS", "CODEOWNERS.md") && !covers("**/CODEOWNERS", "CODEOWNERS/x"));
        assert!(covers("a/**/z", "a/z") && covers("a/**/z", "a/b/c/z") && !covers("a/**/z", "a/b/zz"));
        assert!(covers("*.lock", "Cargo.lock") && !covers("*.lock", "x/Cargo.lock"));
        assert!(covers("**", "anything/at/all") && covers("a*b*c", "aXXbYYc") && !covers("a*b*c", "aXXbYY"));
    }

    #[test]
    fn what_is_no_glob_is_refused() {
        for bad in [
            "", "/x", "x/", "a//b", "./a", "../a", "a/..", "a**", "a/b**/c", "[ab]", "a?", "!a", "a\\b",
            "a\nb",
        ] {
            assert!(PathGlob::parse(bad).is_err(), "accepted `{bad}`");
        }
    }

    #[test]
    fn a_hostile_path_costs_little() {
        let glob = PathGlob::parse("**/a*a*a*a*a*a*a*b/**/c").expect("a glob");
        let path = format!("{}/{}", "a".repeat(4000), "x/".repeat(2000));
        assert!(!glob.covers(&SplitPath::of(&path)));
    }
}
