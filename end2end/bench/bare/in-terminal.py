# Runs a shell script in a terminal: standard input is what is typed, standard output what it prints. Prints "ended" to standard error as
# soon as it has ended, whether or not its output has been read.
import fcntl, os, pty, struct, sys, termios, threading

script, cols, rows = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
child, terminal = pty.fork()
if child == 0:
    os.execvp("sh", ["sh", "-c", script])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))


def copy(source, target):
    try:
        while data := os.read(source, 65536):
            while data:
                data = data[os.write(target, data):]
    except OSError:
        pass


def wait():
    os.waitpid(child, 0)
    print("ended", file=sys.stderr, flush=True)


threading.Thread(target=copy, args=(0, terminal), daemon=True).start()
threading.Thread(target=wait).start()
copy(terminal, 1)
os.close(1)
