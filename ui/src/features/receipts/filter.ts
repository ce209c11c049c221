/** Which receipts are asked for. */
import type { ReceiptRow } from "../../backend/backend";

export interface Filter {
  outcome: string;
  agent: string;
  action: string;
  text: string;
}

export const NONE: Filter = { outcome: "", agent: "", action: "", text: "" };

export const isNone = (filter: Filter): boolean => !filter.outcome && !filter.agent && !filter.action && !filter.text.trim();

/** Those that meet every part of it; every word of the text has to occur somewhere. */
export function apply(rows: ReceiptRow[], filter: Filter): ReceiptRow[] {
  if (isNone(filter)) return rows;
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter((row) => {
    if (filter.outcome && row.outcome !== filter.outcome) return false;
    if (filter.agent && row.path[0] !== filter.agent) return false;
    if (filter.action && row.action !== filter.action) return false;
    if (words.length === 0) return true;
    const text = `${row.sentence}\n${row.path.join("\n")}\n${row.person ?? ""}\n${row.why ?? ""}\n${row.connection}\n${row.receipt}\n${row.operation}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
