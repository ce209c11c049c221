/** The shipped page: the console over the shell. */
import { tauri } from "./backend/tauri";
import { open } from "./open";

open(tauri);
