// What was done to a process, by whom: its entries in the audit, for administrators.
import "../../style/acts.css";
import { t } from "../../app/js/texts.js";
import { call } from "./call.js";
import { filled, make } from "./dom.js";
import { refresh } from "./refresh.js";

const EVERY_MS = 10_000;
const SHOWN = 20;
// Other actions are told by their names.
const SENTENCES = {
  create_process: t("{person} started it"),
  start_template: t("{person} started it from a template"),
  restart_process: t("{person} ran it again"),
  start_at_boot: t("{person} started it after a reboot"),
  kill_process: t("{person} stopped it"),
  type_input: t("{person} typed into it"),
  write_input: t("{person} sent it input"),
  close_input: t("{person} closed its input"),
  remove_process: t("{person} removed it"),
  read_output: t("{person} read its output"),
};

export function fill(body, part) {
  const base = document.documentElement.dataset.base ?? "";
  const list = make("ol", { className: "acts" });
  const all = make("a", { href: `${base}/admin/audit?target=${part.dataset.id}`, rel: "external" }, t("All entries"));
  const none = make("p", { className: "muted", hidden: true }, t("No entries."));
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
  const what = signal ? t("{person} sent {signal}") : (SENTENCES[action] ?? `{person} ${action.replaceAll("_", " ")}`);
  const at = new Date(time);
  const facts = [outcome === "allowed" ? "" : refusal(outcome, error ?? t("no reason is known")), reason ? `“${reason}”` : "", via === "session" ? "" : t("by {via}", { via })];
  return make(
    "li",
    { className: outcome === "allowed" ? "" : "failed" },
    make("span", {}, ...filled(what, { person: make("b", { translate: person ? false : undefined }, person ?? t("The server")), signal })),
    make("time", { dateTime: time, className: "muted", title: at.toLocaleString() }, at.toLocaleTimeString()),
    ...facts.filter(Boolean).map((fact) => make("span", { className: "muted" }, fact)),
  );
}

function refusal(outcome, reason) {
  if (outcome === "refused") return t("refused: {reason}", { reason });
  return outcome === "failed" ? t("failed: {reason}", { reason }) : `${outcome}: ${reason}`;
}
