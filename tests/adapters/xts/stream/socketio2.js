// A Socket.IO 2 server that is not ours, driven by lines on standard input; what happens is told on standard output.
const [home, interval, timeout] = process.argv.slice(2);
const server = require("http").createServer();
const io = require(home + "/node_modules/socket.io")(server, {
  pingInterval: Number(interval), pingTimeout: Number(timeout), perMessageDeflate: false,
});
const tell = (...words) => process.stdout.write(words.join(" ") + "\n");

let dead = [], stalled = false;
io.use((socket, next) => {
  tell("asked", socket.handshake.query.token);
  if (stalled) return;
  next(dead.includes(socket.handshake.query.token) ? new Error("Invalid Token") : undefined);
});

io.on("connection", (socket) => {
  tell("connected");
  socket.on("disconnect", (reason) => tell("gone", reason));
});

const act = {
  kill: ({ token }) => { dead.push(token); act.drop(); },
  stall: ({ on }) => { stalled = on; },
  emit: ({ name, payload }) => io.emit(name, payload),
  bytes: ({ name, hex }) => io.emit(name, Buffer.from(hex, "hex")),
  beat: ({ name, every }) => setInterval(() => io.emit(name, "{}"), every),
  drop: () => Object.values(io.sockets.connected).forEach((socket) => socket.conn.transport.socket.terminate()),
};

require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const command = JSON.parse(line);
  act[command.act](command);
});
process.stdin.on("end", () => process.exit(0));
server.listen(0, "127.0.0.1", () => tell("port", server.address().port));
