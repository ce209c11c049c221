//! Destinations: systems that operations act on. One module each.
