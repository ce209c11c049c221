//! The practice range: a strict, GitHub-shaped local destination for drills, demonstrations and tests.
