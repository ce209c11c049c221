/** The same screens over the fake backend. No shipped page contains this. */
import "./rehearsal.css";
import { Fake } from "./backend/fake/fake";
import { fromAddress } from "./backend/fake/scenario";
import { open } from "./open";

declare global {
  interface Window {
    /** What a browser test moves. */
    fake: Fake;
  }
}

const { scenario, still, plain, without, idle } = fromAddress(location.search);
window.fake = new Fake(scenario, still, plain, without);
window.fake.people.setIdle(idle);
open(window.fake);
