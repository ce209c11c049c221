//! The console on a desktop: the actual program on a screen of the test's own (Xvfb), driven by WebKit's
//! WebDriver, its native windows pressed by xdotool, with a real Secret Service and a real notification daemon.
//!
//! One launch a story. Nothing in the program knows that it is tested: what a person confirms, xdotool confirms.

mod approval;
mod asked;
mod connecting;
mod driver;
mod first_run;
mod hostile;
mod kept;
mod key_file;
mod lock;
mod notices;
mod passkey;
mod people;
mod policy;
mod reader;
mod screen;
mod security_key;
mod stopping;
mod surface;
mod tray;
mod window;

use screen::Screen;
