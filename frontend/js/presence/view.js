// What can be done about who types, from what the server says of the viewers.
import { t } from "../../../app/js/texts.js";

export const person = (view, id) => view.viewers.find((viewer) => viewer.id === id)?.name ?? t("Somebody");

// `{text, buttons: [[label, message]], forWriter}`: what to say, and what to offer. `forWriter`: somebody waits for the answer.
// `declined`: the writer has said no.
export function choices(view, declined) {
  const { you, writer, typing, asking, may } = view;
  // Any window of the writer answers, as on the server, where names are people.
  const isMine = writer !== null && person(view, writer) === person(view, you);
  if (isMine && asking.length > 0) {
    const name = person(view, asking[0]);
    const answer = (accept) => ({ type: "answer_ask", viewer: asking[0], accept });
    return { text: t("{name} asks to type.", { name }), buttons: [[t("Let {name} type", { name }), answer(true)], [t("Keep the keyboard"), answer(false)]], forWriter: true };
  }
  if (!typing || isMine) return { text: "", buttons: [] };
  const name = person(view, writer);
  const text = declined ? t("{name} keeps the keyboard.", { name }) : t("{name} has the keyboard.", { name });
  if (may === "take_over") return { text, buttons: [[t("Take over"), { type: "take_over" }]] };
  if (asking.includes(you)) return { text: `${text} ${t("You have asked to type.")}`, buttons: [] };
  if (may !== "ask") return { text, buttons: [] };
  return { text, buttons: [[t("Ask to type"), { type: "ask_to_type" }]] };
}
