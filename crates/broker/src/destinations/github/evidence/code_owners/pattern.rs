//! A path pattern of CODEOWNERS, which is almost one of gitignore(5), and whether a path matches it.
//!
//! As GitHub documents them: a pattern of one segment matches at any depth; one with a slash before its end is
//! anchored; a name matches what lies below it too; a last `*` matches what lies right there and nothing below.

/// One segment of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    /// `**`: any number of segments.
    Any,
    /// A name in which `*` is any run of characters and `?` any one.
    Name(Vec<char>),
}

/// A pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    segments: Vec<Segment>,
    /// Whether what lies below a match matches, too.
    below: bool,
}

impl Pattern {
    /// Reads a pattern; `None` for what GitHub does not take: `!`, `[`, three asterisks, nothing.
    pub(super) fn parse(text: &str) -> Option<Pattern> {
        let refused = text.starts_with('!') || text.contains(['[', ']', '\\']) || text.contains("***");
        let anchored = text.strip_prefix('/');
        let (rest, folder) = match anchored.unwrap_or(text).strip_suffix('/') {
            Some(rest) => (rest, true),
            None => (anchored.unwrap_or(text), false),
        };
        if refused || rest.is_empty() || rest.split('/').any(str::is_empty) {
            return None;
        }
        let segment = |part: &str| match part {
            "**" => Segment::Any,
            name => Segment::Name(name.chars().collect()),
        };
        let mut segments: Vec<Segment> = rest.split('/').map(segment).collect();
        let direct = segments.last() == Some(&Segment::Name(vec!['*']));
        if anchored.is_none() && segments.len() == 1 {
            segments.insert(0, Segment::Any);
        }
        if folder {
            // What lies in the folder, not a file of that name.
            segments.push(Segment::Name(vec!['*']));
        }
        Some(Pattern { segments, below: folder || !direct })
    }

    /// Whether a path, relative to the repository's root, matches.
    pub(super) fn matches(&self, path: &str) -> bool {
        let mut reached = self.skipping(vec![(0, true)]);
        for part in path.split('/') {
            let part: Vec<char> = part.chars().collect();
            let mut next = Vec::new();
            for (at, _) in reached.iter().enumerate().filter(|(_, reached)| **reached) {
                match self.segments.get(at) {
                    // What lies below a match.
                    None => next.push((at, self.below)),
                    // A last `**` matches what lies below, not the folder itself.
                    Some(Segment::Any) => next.extend([(at, true), (at + 1, at + 1 == self.segments.len())]),
                    Some(Segment::Name(name)) => next.push((at + 1, named(name, &part))),
                }
            }
            reached = self.skipping(next);
        }
        reached.last() == Some(&true)
    }

    /// Which places of the pattern are reached: each of these, and what follows a `**` that stands for nothing.
    fn skipping(&self, places: Vec<(usize, bool)>) -> Vec<bool> {
        let mut reached = vec![false; self.segments.len() + 1];
        for (at, _) in places.into_iter().filter(|(_, reached)| *reached) {
            let skipped = self.segments.iter().skip(at).take_while(|one| **one == Segment::Any).count();
            let last = (at + skipped).min(self.segments.len().saturating_sub(1)).max(at);
            reached.iter_mut().skip(at).take(last - at + 1).for_each(|place| *place = true);
        }
        reached
    }
}

/// Whether a segment's name has this form. Linear but for asterisks, of which only the last is taken back.
fn named(pattern: &[char], name: &[char]) -> bool {
    let (mut at, mut of, mut star) = (0, 0, None);
    while let Some(character) = name.get(at) {
        match pattern.get(of) {
            Some('*') => {
                star = Some((of, at));
                of += 1;
            }
            Some(one) if *one == '?' || one == character => (at, of) = (at + 1, of + 1),
            _ => match star {
                Some((asterisk, from)) => {
                    star = Some((asterisk, from + 1));
                    (at, of) = (from + 1, asterisk + 1);
                }
                None => return false,
            },
        }
    }
    pattern.get(of..).is_some_and(|left| left.iter().all(|one| *one == '*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_github_says() {
        let cases: [(&str, &[&str], &[&str]); 13] = [
            ("*", &["a", "a/b/c"], &[]),
            ("*.js", &["a.js", "x/y/b.js", "lib.js/inner"], &["a.jsx", "js"]),
            ("/build/logs/", &["build/logs/a", "build/logs/x/y"], &["build/logs", "x/build/logs/a"]),
            ("docs/*", &["docs/a.md"], &["docs/x/a.md", "x/docs/a.md", "docs"]),
            ("apps/", &["apps/a", "x/apps/a", "x/apps/y/z"], &["apps", "x/apps"]),
            ("/docs/", &["docs/a", "docs/x/a"], &["x/docs/a"]),
            ("/apps/github", &["apps/github", "apps/github/a"], &["x/apps/github", "apps/github2"]),
            ("**/logs", &["logs", "logs/a", "build/logs", "a/b/logs/c"], &["mylogs/a"]),
            ("src/**/test", &["src/test", "src/a/b/test", "src/a/test/x"], &["test", "a/src/test"]),
            ("src/**", &["src/a", "src/a/b"], &["src", "x/src/a"]),
            ("/a?c", &["abc", "abc/d"], &["ac", "x/abc"]),
            ("CODEOWNERS", &["CODEOWNERS", ".github/CODEOWNERS"], &["codeowners"]),
            ("/*", &["a"], &["a/b"]),
        ];
        for (pattern, matching, others) in cases {
            let read = Pattern::parse(pattern).unwrap();
            for path in matching {
                assert!(read.matches(path), "`{pattern}` does not match `{path}`");
            }
            for path in others {
                assert!(!read.matches(path), "`{pattern}` matches `{path}`");
            }
        }
        for pattern in ["", "/", "!a", "a[b]", "a***", "a//b", "\\#a"] {
            assert_eq!(Pattern::parse(pattern), None, "took `{pattern}`");
        }
    }

    #[test]
    fn many_asterisks_end_soon() {
        let within = Pattern::parse(&format!("{}b", "a*".repeat(100))).unwrap();
        assert!(!within.matches(&"a".repeat(4_000)));
        let across = Pattern::parse(&format!("/{}b", "**/".repeat(100))).unwrap();
        assert!(!across.matches(&format!("{}a", "a/".repeat(2_000))));
    }
}
