import { expect, it } from "vitest";
import { assuranceAtLeast, isEnough } from "./people";

it("takes a key for enough only where both are known and it is as well kept", () => {
  expect(isEnough("keychain", null)).toBe(true);
  expect(isEnough("device-bound", "synced-passkey")).toBe(true);
  expect(isEnough("keychain", "synced-passkey")).toBe(false);
  expect(isEnough("made-up", "file")).toBe(false);
  expect(isEnough("device-bound", "made-up")).toBe(false);
});

it("says what is asked for", () => {
  expect(assuranceAtLeast("synced-passkey")).toBe("with a synced passkey or better");
  expect(assuranceAtLeast("device-bound")).toBe("with a device-bound key");
});
