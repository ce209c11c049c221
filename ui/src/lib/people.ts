/** Persons and keys in words. */
import type { Assurance, KeyEndKind, Role } from "../backend/people";
import type { KeyPlace } from "../backend/backend";

const ASSURANCES: Record<Assurance, { word: string; means: string }> = {
  file: { word: "key file", means: "A file behind a passphrase. Whoever has both can sign, from anywhere." },
  keychain: { word: "keychain key", means: "Kept by the system. Safe from other users and a stolen disk, not from a program that runs unconfined as the same user." },
  "synced-passkey": { word: "synced passkey", means: "A touch for each signature. Its provider copies it between the person's devices." },
  "device-bound": { word: "device-bound key", means: "A touch for each signature. It cannot leave the device that it was made on." },
};
const ORDER: Assurance[] = ["file", "keychain", "synced-passkey", "device-bound"];

const known = (text: string): Assurance | null => ORDER.find((one) => one === text) ?? null;

/** `keychain key`; another version's word as it is. */
export const assuranceWord = (assurance: string): string => {
  const found = known(assurance);
  return found ? ASSURANCES[found].word : assurance;
};

/** What it protects from, in a sentence. */
export const assuranceMeans = (assurance: Assurance): string => ASSURANCES[assurance].means;

/** `with a synced passkey or better`. */
export function assuranceAtLeast(assurance: string): string {
  return assurance === ORDER.at(-1) ? `with a ${assuranceWord(assurance)}` : `with a ${assuranceWord(assurance)} or better`;
}

/** Whether a key that is kept like this is enough where that is asked for. What is not known is not enough. */
export function isEnough(has: string, asked: string | null): boolean {
  if (asked === null) return true;
  const [first, second] = [known(has), known(asked)];
  return first !== null && second !== null && ORDER.indexOf(first) >= ORDER.indexOf(second);
}

/** How well a key in this place is kept at best: whether a passkey leaves its device, the place does not say. */
export const mostAssurance = (place: KeyPlace): Assurance =>
  ({ "key-file": "file", keychain: "keychain", passkey: "device-bound", "security-key": "device-bound" } as const)[place];

export const placeWord = (place: KeyPlace): string =>
  ({ "key-file": "key file", keychain: "keychain key", passkey: "passkey", "security-key": "security key" })[place];

/** What a key in this place protects from, and what it does not. */
export const placeProtects = (place: KeyPlace): string =>
  ({
    keychain:
      "The keychain keeps the key from other users and from a stolen disk. It does not keep it from a program that runs unconfined as you: such a one could sign in your name while the keychain is unlocked.",
    "key-file":
      "The file is of use only to who knows the passphrase. A program that runs unconfined as you could still wait until you type it.",
    passkey:
      "Nothing is signed without your touch, for one statement each time. A program that runs as you can ask for the touch: compare the four words before you give it.",
    "security-key":
      "Nothing is signed without a touch of the key, for one statement each time, and the key cannot be copied. A program that runs as you can ask for the touch: compare the four words before you give it.",
  })[place];

/** Where a delegation key can be made, and what follows from each, in one sentence. */
export const PLACES: { place: KeyPlace; title: string; means: string }[] = [
  { place: "keychain", title: "In the keychain", means: "Kept from other users and from a stolen disk. Not kept from a program that runs unconfined as you." },
  { place: "passkey", title: "A passkey", means: "Nothing is signed without your touch or your face, even if a program runs as you. Your browser or phone keeps it, and may copy it to your other devices." },
  { place: "security-key", title: "A security key", means: "Nothing is signed without a touch of a key that you hold, and it cannot be copied. Lose it, and another steward must let you in again." },
  { place: "key-file", title: "In a file with a passphrase", means: "Works everywhere. As safe as the passphrase, and as the machine that it is typed on." },
];

export const ROLES: { role: Role; word: string; means: string }[] = [
  { role: "steward", word: "Steward", means: "delegates authority; changes policy, connections and persons" },
  { role: "approver", word: "Approver", means: "answers requests that need a person" },
  { role: "security", word: "Security", means: "watches, revokes, halts" },
];

/** How a key can end, each with its effect. */
export const ENDS: { how: KeyEndKind; title: string; means: string }[] = [
  { how: "rotated", title: "Replaced", means: "What it signed stays in force. It signs nothing new." },
  { how: "retired", title: "Given up", means: "What rests on it stops until another key of the person signs it again." },
  { how: "compromised", title: "In other hands", means: "Nothing counts that was admitted under it from an entry of the ledger on." },
];
