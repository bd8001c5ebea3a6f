# A process of the load. Prints numbered lines with checksums, and notes outside of Execdeck what it has printed and how it is
# about to end, so that what Execdeck says can be compared with what has happened.
kind=$1 notes=$2 salt=$3 lines=$4 code=$5
id=$EXECDECK_PROCESS_ID

# Whoever lives holds the other end of this FIFO.
exec 9>"$notes/alive"
# The shell's own messages are no part of it.
exec 8>&2 2>/dev/null
echo $$ >>"$notes/$id.began"

# Prints the next line of a series: to stderr if that is "err", otherwise to stdout. What is noted was printed.
say() {
  n=$((n + 1))
  if [ "$1" = err ]; then
    echo "$id $1 $n $(((n * 7919 + salt) % 65521))" >&8
  else
    echo "$id $1 $n $(((n * 7919 + salt) % 65521))"
  fi
  echo $n >>"$notes/$id.$1"
}

# Prints so many lines of a series, in bursts.
series() {
  n=0
  while [ $n -lt "$2" ]; do
    say "$1"
    [ $((n % 25)) -ne 0 ] || sleep 0.2
  done
}

finish() {
  echo "code $code" >>"$notes/$id.end"
  exit "$code"
}

case $kind in
  pipes) series out "$lines"; series err $((lines / 2)); finish ;;
  terminal | restarted) series out "$lines"; finish ;;
  quick) say out; finish ;;
  tree)
    for child in a b c; do
      series "$child" "$lines" &
    done
    wait
    finish
    ;;
  input)
    while read -r word && [ "$word" != end ]; do
      echo "$id in $word $(((word * 7919 + salt) % 65521))"
      echo "$word" >>"$notes/$id.in"
    done
    finish
    ;;
  signal) series out "$lines"; echo "signal USR1" >>"$notes/$id.end"; kill -USR1 $$; sleep 60 ;;
  timeout) echo "timeout TERM" >>"$notes/$id.end"; series out 1000000 ;;
  deaf) trap '' TERM; echo "signal KILL" >>"$notes/$id.end"; series out 1000000 ;;
  stopped) trap finish TERM; series out 1000000 ;;
esac
