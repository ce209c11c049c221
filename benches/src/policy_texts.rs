//! The shipped policy, with a calendar that is always open or as it is shipped, and with more policies.

use bailiwick_protocol::PolicyTexts;

const DATA: &str = include_str!("../../policies/ship-to-main/data.json");
const OPEN: &str = include_str!("../../policies/practice/data.json");

/// The shipped policy.
pub(crate) fn shipped() -> PolicyTexts {
    PolicyTexts {
        guard: include_str!("../../policies/ship-to-main/guard.cedar").to_owned(),
        ask: include_str!("../../policies/ship-to-main/ask.cedar").to_owned(),
        schema: include_str!("../../policies/schema.cedarschema").to_owned(),
        data: DATA.to_owned(),
    }
}

/// The shipped policy, open at all hours.
pub(crate) fn always_open() -> PolicyTexts {
    PolicyTexts { data: OPEN.to_owned(), ..shipped() }
}

/// So many policies, each about one repository that nobody asks about.
pub(crate) fn scoped(count: u32) -> String {
    let policy = |number: u32| {
        format!(
            "@id(\"scoped-{number}\")\n@title(\"agents may comment in repository {number}\")\n\
             permit (principal is Agent, action == Action::\"issues/create-comment\", \
             resource == Repository::\"github/{number}\");\n"
        )
    };
    (0..count).map(policy).collect()
}
