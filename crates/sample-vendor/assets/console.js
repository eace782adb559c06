// Sends each command as one message and prints each message as one line. Text goes in as text, never as markup.
"use strict";
(() => {
  const CHARACTERS_MAX = 100000;
  const output = document.getElementById("output");
  const state = document.getElementById("state");
  const command = document.getElementById("command");
  const send = document.querySelector("#prompt button");
  const address = new URL("ws", document.baseURI);
  address.protocol = address.protocol.replace("http", "ws");
  const socket = new WebSocket(address);

  const print = (line) => {
    output.textContent = `${output.textContent}${line}\n`.slice(-CHARACTERS_MAX);
    output.scrollTop = output.scrollHeight;
  };

  const show = (text, connected) => {
    state.textContent = text;
    command.disabled = send.disabled = !connected;
    if (connected) command.focus();
  };

  socket.onopen = () => show("Connected.", true);
  socket.onmessage = (message) => print(message.data);
  socket.onclose = () => {
    print("(connection closed)");
    show("The connection is closed. Load the page again to connect.", false);
  };
  document.getElementById("prompt").addEventListener("submit", (event) => {
    event.preventDefault();
    print(`> ${command.value}`);
    socket.send(command.value);
    command.value = "";
  });
})();
