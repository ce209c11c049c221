//! The service about itself.

use serde_json::json;

use super::Call;
use crate::http::answer::{Outcome, Reply};

pub(crate) async fn meta(_call: Call) -> Outcome {
    Ok(Reply::ok(json!({
        "verifiable_password_authentication": false,
        "hooks": ["127.0.0.1/32"],
        "web": ["127.0.0.1/32"],
        "api": ["127.0.0.1/32"],
        "git": ["127.0.0.1/32"],
    })))
}

pub(crate) async fn rate_limit(call: Call) -> Outcome {
    let limit = call.inner.limit();
    let usage = {
        let mut world = call.inner.world.lock();
        *call.inner.usage(&mut world, &call.caller.account_of_limits())
    };
    let core = json!({
        "limit": limit,
        "used": usage.used,
        "remaining": limit.saturating_sub(usage.used),
        "reset": usage.reset,
        "resource": "core",
    });
    let search = json!({"limit": 30, "used": 0, "remaining": 30, "reset": usage.reset, "resource": "search"});
    Ok(Reply::ok(json!({"resources": {"core": core, "search": search}, "rate": core})))
}
