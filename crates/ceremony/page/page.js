// The page between a person and their key. It shows what the program gave it, asks the browser for the
// key's answer when the person says so, and hands it back once. Nothing is kept, and nothing that was given
// is ever read as markup.

const byId = (id) => document.getElementById(id);

const toBytes = (text) => {
  const padded = text.replace(/-/g, "+").replace(/_/g, "/") + "=".repeat((4 - (text.length % 4)) % 4);
  return Uint8Array.from(atob(padded), (one) => one.charCodeAt(0));
};

const toText = (buffer) => {
  let binary = "";
  for (const byte of new Uint8Array(buffer)) binary += String.fromCharCode(byte);
  return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
};

const say = (text) => {
  byId("state").textContent = text;
};

const show = (id, text) => {
  const element = byId(id);
  if (text !== undefined) element.textContent = text;
  element.hidden = false;
  return element;
};

const post = async (path, body) => {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? {} : JSON.parse(text) };
};

const end = (headline, text) => {
  for (const id of ["code", "hint", "flags", "go", "no", "what"]) byId(id).hidden = true;
  show("headline", headline);
  document.title = `${headline} – Bailiwick`;
  say(text);
};

const spent = () =>
  end("There is nothing to do here", "This page was used before, or its two minutes are over. You can close it.");

const render = (shown) => {
  show("headline", shown.headline);
  show("code", shown.code.join(" "));
  show("hint", "Compare these four words with those that the program shows. If they differ, do not sign.");
  if (shown.flags.length > 0) {
    const flags = show("flags");
    for (const { field, why } of shown.flags) {
      const item = document.createElement("li");
      item.textContent = `${field}: ${why}`;
      flags.append(item);
    }
  }
  for (const { field, value } of shown.lines) {
    const [name, content] = [document.createElement("dt"), document.createElement("dd")];
    name.textContent = field;
    content.textContent = value;
    byId("lines").append(name, content);
  }
  show("digest", shown.digest);
  byId("what").hidden = false;
};

const descriptor = (id) => ({ type: "public-key", id: toBytes(id) });

const enrol = async (task, left) => {
  const made = await navigator.credentials.create({
    publicKey: {
      rp: { id: task.rp_id, name: "Bailiwick" },
      user: { id: toBytes(task.user), name: task.person, displayName: task.person },
      challenge: toBytes(task.challenge),
      pubKeyCredParams: task.algorithms.map((alg) => ({ type: "public-key", alg })),
      authenticatorSelection: { residentKey: "preferred", userVerification: "required" },
      excludeCredentials: task.known.map(descriptor),
      attestation: "none",
      timeout: left,
    },
  });
  const { response } = made;
  return {
    kind: "enrolled",
    credential: toText(made.rawId),
    authenticator_data: toText(response.getAuthenticatorData()),
    client_data: toText(response.clientDataJSON),
    public_key: toText(response.getPublicKey() ?? new ArrayBuffer(0)),
    algorithm: response.getPublicKeyAlgorithm(),
    transports: response.getTransports?.() ?? [],
  };
};

const sign = async (task, left) => {
  const made = await navigator.credentials.get({
    publicKey: {
      rpId: task.rp_id,
      challenge: toBytes(task.challenge),
      allowCredentials: [descriptor(task.credential)],
      userVerification: "required",
      timeout: left,
    },
  });
  const { response } = made;
  return {
    kind: "signed",
    credential: toText(made.rawId),
    authenticator_data: toText(response.authenticatorData),
    client_data: toText(response.clientDataJSON),
    signature: toText(response.signature),
  };
};

const why = (error) => {
  switch (error?.name) {
    case "NotAllowedError":
      return "The browser says that it was cancelled, or that nobody touched the key. You can try again.";
    case "InvalidStateError":
      return "This authenticator has a key of yours for Bailiwick already. Use another one.";
    case "NotSupportedError":
      return "This authenticator has none of the algorithms that are taken, or does not verify who touches it.";
    default:
      return `The browser says: ${error?.message ?? error}`;
  }
};

const main = async () => {
  const token = location.hash.slice(1);
  // The token is worth nothing once it was used; it does not stay in the history either.
  history.replaceState(null, "", "/");
  if (!/^[0-9a-f]{64}$/.test(token)) return spent();
  if (!window.PublicKeyCredential) {
    return end("This browser cannot talk to keys", "Use another one, or a security key without a browser.");
  }
  const taken = await post("/take", { token });
  if (taken.status !== 200) return spent();
  const { ticket, task, left_ms: left } = taken.body;
  const until = Date.now() + left;
  const enrolling = task.kind === "enrol";
  if (enrolling) {
    show("headline", task.headline);
    show("hint", "The key is kept by your device, your security key or your passkey provider. It never leaves it for Bailiwick.");
  } else {
    render(task.shown);
  }
  const [go, no] = [show("go", enrolling ? "Make the key" : "Sign with my key"), show("no", enrolling ? "Cancel" : "Do not sign")];
  document.title = `${byId("headline").textContent} – Bailiwick`;

  const answer = async (what, good) => {
    const told = await post("/answer", { ticket, answer: what });
    if (told.status === 200) return end(good, "You can close this page and go back to the program.");
    if (told.status === 422) return end("Nothing was signed", told.body.message);
    return spent();
  };

  go.addEventListener("click", async () => {
    go.disabled = no.disabled = true;
    say("Touch your key, and let it verify you.");
    let made;
    try {
      const remaining = Math.max(1_000, until - Date.now());
      made = enrolling ? await enrol(task, remaining) : await sign(task, remaining);
    } catch (error) {
      go.disabled = no.disabled = false;
      return say(why(error));
    }
    say("");
    await answer(made, enrolling ? "The key was made" : "Signed");
  });
  no.addEventListener("click", async () => {
    go.disabled = no.disabled = true;
    await answer({ kind: "declined" }, enrolling ? "No key was made" : "Nothing was signed");
  });
  setTimeout(() => {
    if (!go.hidden && !go.disabled) spent();
  }, left);
};

main().catch((error) => end("Something went wrong", String(error?.message ?? error)));
