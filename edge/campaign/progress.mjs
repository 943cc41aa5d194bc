// How far a long run is: one line that is written over on a terminal, and elsewhere a line for every tenth.

/** @returns {((done: number) => void) & {end: () => void}} */
export function progress(total, stream = process.stderr) {
  const began = Date.now();
  let told = 0;
  const show = (done) => {
    const seconds = (Date.now() - began) / 1000;
    const line = `${done} of ${total}, ${(done / seconds).toFixed(1)} a second, ${Math.floor(seconds)} s`;
    if (stream.isTTY) stream.write(`\r${line}\x1b[K`);
    else if (Math.floor((10 * done) / total) > told) {
      told = Math.floor((10 * done) / total);
      stream.write(`${line}\n`);
    }
  };
  show.end = () => stream.isTTY && stream.write("\r\x1b[K");
  return show;
}
