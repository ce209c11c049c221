//! Statements, envelopes, keys, chains, attenuation and their verification; pure.
