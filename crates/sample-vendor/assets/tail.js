// Puts new events on top of the table while the stream lasts. Text goes in as text, never as markup.
"use strict";
(() => {
  const ROWS_MAX = 200;
  const rows = document.getElementById("events");
  const state = document.getElementById("live");
  const source = new EventSource("live");

  const cell = (row, text, small) => {
    const td = row.insertCell();
    td.append(text);
    if (small) {
      const [tag, detail] = small;
      const element = document.createElement(tag);
      element.textContent = detail;
      td.append(" ", element);
    }
    return td;
  };

  const show = (text, ended) => {
    state.textContent = text;
    state.classList.toggle("ended", ended);
  };

  source.onopen = () => show("Live tail: on", false);
  source.onmessage = (message) => {
    const event = JSON.parse(message.data);
    const row = rows.insertRow(0);
    row.className = `${event.severity} new`;
    const time = document.createElement("time");
    time.textContent = event.published;
    cell(row, time);
    cell(row, event.severity);
    cell(row, event.displayMessage, ["code", event.eventType]);
    cell(row, event.actor.displayName, ["small", event.actor.alternateId]);
    cell(row, event.outcome.result);
    cell(row, event.client.ipAddress, ["small", event.client.geographicalContext.city])
      .title = event.client.userAgent.rawUserAgent;
    setTimeout(() => row.classList.remove("new"), 2000);
    while (rows.rows.length > ROWS_MAX) rows.deleteRow(-1);
  };
  source.onerror = () => {
    const closed = source.readyState === EventSource.CLOSED;
    show(closed ? "Live tail: ended, and refused since" : "Live tail: cut off, trying again …", true);
  };
})();
