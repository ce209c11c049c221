/** Puts the console into the page, over the given backend. */
import { mount } from "svelte";
import App from "./shell/App.svelte";
import type { Backend } from "./backend/backend";
import "./tokens.css";
import "./base.css";

export function open(backend: Backend): void {
  const target = document.getElementById("console");
  if (target) mount(App, { target, props: { backend } });
}
