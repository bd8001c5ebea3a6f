// What was done to a process, by whom: its entries in the audit, for administrators.
import "../../style/acts.css";
import { call } from "./call.js";
import { make } from "./dom.js";
import { refresh } from "./refresh.js";

const EVERY_MS = 10_000;
const SHOWN = 20;
// In words; other actions by their names.
const WORDS = {
  create_process: "Started it",
  start_template: "Started it from a template",
  restart_process: "Ran it again",
  start_at_boot: "Started it after a reboot",
  kill_process: "Stopped it",
  type_input: "Typed into it",
  write_input: "Sent it input",
  close_input: "Closed its input",
  remove_process: "Removed it",
  read_output: "Read its output",
};

export function fill(body, part) {
  const base = document.documentElement.dataset.base ?? "";
  const list = make("ol", { className: "acts" });
  const all = make("a", { href: `${base}/admin/audit?target=${part.dataset.id}`, rel: "external" }, "All entries");
  const none = make("p", { className: "muted", hidden: true }, "No entries.");
  body.replaceChildren(list, none, all);
  let newest;
  return refresh(async () => {
    const response = await call("list_audit", { filter: { target: part.dataset.id, limit: SHOWN } });
    if (!response.ok) return response;
    const { entries } = await response.json();
    none.hidden = entries.length > 0;
    // What is read or selected stays as it is.
    if (entries[0]?.seq === newest) return undefined;
    newest = entries[0]?.seq;
    list.replaceChildren(...entries.map(entry));
    return undefined;
  }, EVERY_MS);
}

function entry({ time, person, via, action, details, outcome, error, reason }) {
  const signal = action === "kill_process" && details?.signal;
  const what = signal ? `Sent ${signal}` : (WORDS[action] ?? action.replaceAll("_", " "));
  const at = new Date(time);
  const facts = [outcome === "allowed" ? "" : `${outcome}: ${error ?? "no reason is known"}`, reason ? `“${reason}”` : "", via === "session" ? "" : `by ${via}`];
  return make(
    "li",
    { className: outcome === "allowed" ? "" : "failed" },
    make("span", {}, make("b", {}, person ?? "The server"), ` ${what.charAt(0).toLowerCase()}${what.slice(1)}`),
    make("time", { dateTime: time, className: "muted", title: at.toLocaleString() }, at.toLocaleTimeString()),
    ...facts.filter(Boolean).map((fact) => make("span", { className: "muted" }, fact)),
  );
}
