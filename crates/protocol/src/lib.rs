//! Wire types, error codes, limits and routes between the broker and its clients.
