//! The console on a desktop: the actual program on a screen of the test's own (Xvfb), driven by WebKit's
//! WebDriver, its native windows pressed by xdotool, with a real Secret Service and a real notification daemon.
//!
//! One launch a story. Nothing in the program knows that it is tested: what a person confirms, xdotool confirms.

mod driver;
mod first_run;
mod lock;
mod passkey;
mod people;
mod screen;
mod stopping;
mod surface;
mod window;

use screen::Screen;
