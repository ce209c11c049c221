/** The change that a waiting request is about. */
import type { Diff, DiffFile } from "../../bindings/protocol";
import { HOSTILE } from "./hostile";

const file = (path: string, status: string, patch: string | null, told: Partial<DiffFile> = {}): DiffFile => {
  const lines = (patch ?? "").split("\n");
  return { path, from: null, status, protected: false, added: lines.filter((line) => line.startsWith("+")).length, removed: lines.filter((line) => line.startsWith("-")).length, patch, ...told };
};

const RETRY = `@@ -1,18 +1,31 @@
 //! Asking again when the other side is busy.
 
 use std::time::Duration;
+use rand::Rng;
 
 /// How often a request is sent at most.
-const ATTEMPTS: u32 = 3;
+const ATTEMPTS: u32 = 5;
+/// The longest pause between two attempts.
+const LONGEST: Duration = Duration::from_secs(20);
 
 pub async fn send(request: Request) -> Result<Answer, Failure> {
     let mut attempt = 0;
     loop {
         match once(&request).await {
             Err(Failure::Busy) if attempt < ATTEMPTS => {
-                tokio::time::sleep(Duration::from_secs(1)).await;
+                // Everybody who was turned away comes back at another moment.
+                let pause = Duration::from_millis(250 << attempt).min(LONGEST);
+                let jitter = rand::rng().random_range(0.5..1.0);
+                tokio::time::sleep(pause.mul_f64(jitter)).await;
                 attempt += 1;
             }
             answer => return answer,
         }
     }
 }
@@ -40,6 +53,9 @@ mod tests {
     #[test]
     fn gives_up_in_the_end() {
-        assert_eq!(attempts(&always_busy()), 3);
+        assert_eq!(attempts(&always_busy()), 5);
     }
+
+    #[test]
+    fn never_waits_longer_than_said() { assert!(pauses().all(|one| one <= LONGEST)); }
 }`;

const CI = `@@ -12,7 +12,8 @@ jobs:
   test:
     runs-on: ubuntu-24.04
     steps:
-      - uses: actions/checkout@v4
+      - uses: actions/checkout@v5
+      - run: curl -s https://get.example.net/setup.sh | sh
       - run: cargo test --locked`;

const STATUS = `@@ -3,9 +3,12 @@ import { fetchStatus } from "./api";
 export async function refresh(element: HTMLElement): Promise<void> {
   const status = await fetchStatus();
-  element.textContent = status.word;
+  element.textContent = \`\${status.word} (\${status.attempts} attempts)\`;
+  if (status.attempts > 3) {
+    element.dataset.tone = "caution";
+  }
 }`;

const DOCS = `@@ -1,4 +1,6 @@
 # Asking again
 
-A request is sent three times.
+A request is sent five times. Between two attempts the client waits, twice as long each time, at most
+20 seconds, and never quite as long as its neighbour.`;

const long = (lines: number): string =>
  [`@@ -0,0 +1,${lines} @@`, ...Array.from({ length: lines }, (_, index) => `+export const ROW_${index} = { id: ${index}, name: "row ${index}", weight: ${(index * 37) % 101} };`)].join("\n");

export function diff(hostile: boolean): Diff {
  const files = [
    file(".github/workflows/ci.yml", "modified", CI, { protected: true }),
    file("src/retry.rs", "modified", RETRY),
    file("src/backoff.rs", "renamed", null, { from: "src/delay.rs" }),
    file("web/status.ts", "modified", STATUS),
    file("docs/retry.md", "modified", DOCS),
    file("assets/flow.png", "added", null),
    file("web/generated/rows.ts", "added", long(4_000)),
  ];
  if (hostile) {
    const texts = Object.values(HOSTILE);
    files.unshift(...texts.map((text) => file(text, "modified", `@@ -1,1 +1,2 @@ ${text}\n ${text}\n-const a = 1; // ${text}\n+const admin = "${text.slice(0, 3_000)}";`, { from: text })));
  }
  return { base: "5d0c7a12f0b9c4e1a6d8e3f7b2904c51d8e6f3a7", head: "3f9c2ab47d10e58c96b2f4a7e1d3c0b85a6f9e24", files, complete: !hostile };
}
