// Programs that people use in terminals: whoever joins later sees what those see who have watched from the start, cell by cell.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cells, expectScreen, test } from "../support/programs.js";
import { expect } from "../support/test.js";

const FORMS = String.raw`
import curses, locale
locale.setlocale(locale.LC_ALL, "")
def main(screen):
    curses.start_color(); curses.use_default_colors(); curses.curs_set(0)
    curses.init_pair(1, curses.COLOR_YELLOW, curses.COLOR_BLUE)
    screen.bkgd(" ", curses.color_pair(1)); screen.box(); screen.addstr(2, 4, "漢字 and e\u0301", curses.A_BOLD | curses.A_UNDERLINE)
    curses.mousemask(curses.ALL_MOUSE_EVENTS)
    window = screen.subwin(6, 30, 5, 10); window.box(); window.addstr(2, 2, "ready", curses.A_REVERSE)
    screen.refresh()
    while screen.getkey() != "q": window.addstr(3, 2, "a key was pressed"); window.refresh()
curses.wrapper(main)
`;

// The program, what it shows once it is there, keys, and what it shows after them.
const PROGRAMS = {
  vim: { args: ["-u", "NONE", "-N", "+syntax on", "+set number", "code.py"], shows: "getkey", keys: ["g", "g", "5", "G", "o", "typed here"], then: "typed here" },
  less: { args: ["-N", "numbers.txt"], shows: "number 20", keys: ["/", "number 777", "Enter"], then: "number 777" },
  top: { args: ["-d", "100"], shows: "PID", keys: ["z", "x", "1"], then: "PID" },
  htop: { args: ["-d", "100"], shows: "F10", keys: ["F5", "ArrowDown", "ArrowDown"], then: "F10" },
  nano: { args: ["code.py"], shows: "import curses", keys: ["typed here"], then: "typed here" },
  mc: { args: ["-b", "."], shows: "code.py", keys: ["ArrowDown", "F9"], then: "Left" },
  tmux: { args: ["-f", "/dev/null", "-L", "execdeck-test", "new", "sh", ";", "set", "status-right", "", ";", "split-window", "-h", "less", "numbers.txt"], shows: "number 20", keys: [" ", "G"], then: "number 2000" },
  watch: { program: "watch", args: ["-n", "100", "-d", "seq 12"], shows: "12", keys: [], then: "12" },
  python3: { args: ["code.py"], shows: "ready", keys: ["x"], then: "a key was pressed" },
  bash: { args: ["--norc", "-i"], env: { PS1: "shell $ " }, shows: "shell $", keys: ["seq 100; printf '\\e[31m%0200d\\e[m\\n' 7; echo 漢字 😀 e\u0301", "Enter", "half a li"], then: "half a li" },
};

for (const [name, { args, shows, keys, then, env = {} }] of Object.entries(PROGRAMS)) {
  test(`${name} looks the same to whoever joins later`, async ({ page, newPage, server, folder }) => {
    await writeFile(join(folder, "code.py"), FORMS);
    await writeFile(join(folder, "numbers.txt"), Array.from({ length: 2000 }, (_, at) => `number ${at + 1}\n`).join(""));
    const spec = { program: name, args, cwd: folder, env: { TERM: "xterm-256color", LANG: "C.UTF-8", HOME: folder, ...env }, terminal: { cols: 80, rows: 24 } };
    const { id } = await server.call("create_process", { spec });
    await page.goto(`/admin/exec/${id}`);
    await expectScreen(page, shows);
    await page.locator(".term").click();
    for (const key of keys) {
      if (/^(Enter|F\d+|Arrow\w+|.)$/.test(key)) await page.keyboard.press(key === " " ? "Space" : key);
      else await page.keyboard.type(key);
      await page.waitForTimeout(100);
    }
    await expectScreen(page, then);
    const second = await newPage();
    await second.goto(`/admin/exec/${id}`);
    await expectScreen(second, then);
    // Both have the last byte once nothing changes any more.
    await expect(async () => expect(await cells(second)).toEqual(await cells(page))).toPass({ timeout: 40_000 });
    // What is printed from now on does the same in both.
    await page.keyboard.press("Enter");
    await page.waitForTimeout(300);
    await expect(async () => expect(await cells(second)).toEqual(await cells(page))).toPass({ timeout: 40_000 });
    await server.call("kill_process", { id, signal: "KILL" });
  });
}
