// Passkeys on the pages for signing in and on the account's page (WebAuthn). The server makes and checks what is asked; this
// passes it on between the server and the browser.
import { t } from "../../app/js/texts.js";

const base = document.documentElement.dataset.base ?? "";

// What goes wrong when people close the browser's dialogue or let its time pass. That is no error.
const CANCELLED = ["NotAllowedError", "AbortError"];

// Calls a server function.
async function call(name, body) {
  const response = await fetch(`${base}/api/${name}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  return answer;
}

// Bytes in JSON are base64url. Older browsers do not convert them themselves.
function bytes(text) {
  const characters = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(characters, (character) => character.charCodeAt(0));
}

function text(buffer) {
  const characters = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(characters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

const identified = (list) => list?.map((item) => ({ ...item, id: bytes(item.id) }));

function creationOptions(json) {
  if (PublicKeyCredential.parseCreationOptionsFromJSON) return PublicKeyCredential.parseCreationOptionsFromJSON(json);
  const { challenge, user, excludeCredentials, extensions, ...rest } = json;
  return { ...rest, challenge: bytes(challenge), user: { ...user, id: bytes(user.id) }, excludeCredentials: identified(excludeCredentials) };
}

function requestOptions(json) {
  if (PublicKeyCredential.parseRequestOptionsFromJSON) return PublicKeyCredential.parseRequestOptionsFromJSON(json);
  const { challenge, allowCredentials, extensions, ...rest } = json;
  return { ...rest, challenge: bytes(challenge), allowCredentials: identified(allowCredentials) };
}

function toJSON(credential) {
  if (credential.toJSON) return credential.toJSON();
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response, clientExtensionResults: {} };
}

// Has a passkey answer what the server asks.
async function use(name, body) {
  const publicKey = requestOptions(await call(name, body));
  return toJSON(await navigator.credentials.get({ publicKey }));
}

async function signIn(place) {
  const afterPassword = place.dataset.passkey === "after-password";
  const credential = await use("passkey_sign_in_options", { after_password: afterPassword });
  await call("sign_in_with_passkey", { credential });
  location.assign(place.dataset.next);
}

// Does what a button of the account's form says. `password` is empty if a passkey is to be used instead.
async function change(form, what) {
  const { password, label } = Object.fromEntries(new FormData(form));
  const proof = {};
  if (password) proof.password = password;
  else if (form.dataset.usable === "true") proof.passkey = await use("passkey_proof_options", {});
  const [verb, argument] = what.split(" ");
  let done = verb === "remove" ? "passkey-removed" : argument === "on" ? "passkey-asked" : "passkey-not-asked";
  if (verb === "remove") await call("remove_passkey", { id: argument, proof });
  if (verb === "ask") await call("ask_for_passkey", { ask: argument === "on", proof });
  if (verb === "add") {
    const publicKey = creationOptions(await call("passkey_options", { proof }));
    const credential = toJSON(await navigator.credentials.create({ publicKey }));
    await call("add_passkey", { label, credential });
    done = "passkey-added";
  }
  location.assign(`${form.dataset.next}?done=${done}`);
}

// Runs one thing at a time and says what became of it.
async function run(place, work) {
  if (place.dataset.busy) return;
  const [note, error] = [place.querySelector(".passkey-note"), place.querySelector(".passkey-error")];
  place.dataset.busy = "true";
  error.hidden = true;
  note.textContent = "";
  try {
    await work();
  } catch (problem) {
    if (CANCELLED.includes(problem.name)) {
      note.textContent = t("No passkey was used.");
    } else {
      error.textContent = problem.name === "InvalidStateError" ? t("This device or security key has a passkey for your account already.") : problem.message;
      error.hidden = false;
    }
  }
  delete place.dataset.busy;
}

for (const place of document.querySelectorAll("[data-passkey]")) {
  const { passkey, origin } = place.dataset;
  if (!origin) continue;
  const elsewhere = origin !== location.origin;
  if (elsewhere || !window.PublicKeyCredential) {
    place.querySelector(".passkey-note").textContent = elsewhere ? t("Passkeys work at {origin} only.", { origin }) : t("This browser does not support passkeys.");
    continue;
  }
  if (passkey === "account") {
    place.addEventListener("submit", (event) => {
      const what = event.submitter?.value ?? "add";
      event.preventDefault();
      run(place, () => change(place, what));
    });
  } else {
    const button = place.querySelector("button");
    button.hidden = false;
    button.addEventListener("click", () => run(place, () => signIn(place)));
  }
}
