//! Policy: Cedar sets, evaluated apart.
