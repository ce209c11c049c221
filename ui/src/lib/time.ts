/** Times and lengths, as people read them. Seconds are since 1970 unless a name says otherwise. */

const DAY = 86_400;

/** `412 ms`, `2.4 s`, `3 min 20 s`. */
export function milliseconds(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  return length(Math.round(ms / 1_000));
}

/** `0.4 ms`, `12 ms`: of a measurement in microseconds. */
export function microseconds(us: number): string {
  if (us < 1_000) return `${us} µs`;
  return us < 10_000 ? `${(us / 1_000).toFixed(1)} ms` : milliseconds(us / 1_000);
}

/** A length in its two largest units: `8 h`, `1 h 20 min`, `3 d 4 h`. */
export function length(seconds: number): string {
  const units: [number, string][] = [
    [DAY, "d"],
    [3_600, "h"],
    [60, "min"],
    [1, "s"],
  ];
  const whole = Math.max(0, Math.round(seconds));
  const first = units.findIndex(([size]) => whole >= size);
  if (first < 0) return "0 s";
  let rest = whole;
  const words: string[] = [];
  for (const [size, name] of units.slice(first, first + 2)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) words.push(`${count} ${name}`);
  }
  return words.join(" ");
}

/** `just now`, `40 s ago`, `3 h ago`; after a day the date. */
export function ago(then: number, now: number): string {
  const passed = now - then;
  if (passed < 2) return "just now";
  if (passed < DAY) return `${largest(passed)} ago`;
  return day(then);
}

/** `in 3 h`, or `since 2 min` past it. */
export function until(then: number, now: number): string {
  return then > now ? `in ${largest(then - now)}` : ago(then, now);
}

/** What is left of something, in its largest unit: `5 h left`. */
export const remaining = (seconds: number): string => (seconds < 60 ? "ends now" : `${length(whole(seconds))} left`);

/** Down to whole days, hours or minutes. */
const whole = (seconds: number): number => seconds - (seconds % (seconds >= 86_400 ? 86_400 : seconds >= 3_600 ? 3_600 : 60));

function largest(seconds: number): string {
  const rounded = seconds >= 3_600 ? seconds - (seconds % 3_600) : seconds >= 60 ? seconds - (seconds % 60) : seconds;
  return length(rounded);
}

const clockFormat = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
const dayFormat = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const hourFormat = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hour12: false });
const weekdayFormat = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short" });

/** `14:02:31`. */
export const clock = (seconds: number): string => clockFormat.format(new Date(seconds * 1_000));
/** `14:02`. */
export const hour = (seconds: number): string => hourFormat.format(new Date(seconds * 1_000));
/** `12 Nov 2026`. */
export const day = (seconds: number): string => dayFormat.format(new Date(seconds * 1_000));
/** `Thu, 12 Nov`. */
export const weekday = (seconds: number): string => weekdayFormat.format(new Date(seconds * 1_000));
/** `12 Nov 2026, 14:02:31`. */
export const moment = (seconds: number): string => `${day(seconds)}, ${clock(seconds)}`;

/** The time of day if it is today, else the day and the time. */
export function near(then: number, now: number): string {
  return new Date(then * 1_000).toDateString() === new Date(now * 1_000).toDateString()
    ? clock(then)
    : `${weekday(then)}, ${hour(then)}`;
}
