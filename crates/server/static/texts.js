// What scripts say, in the page's language: the page brings the texts along that its scripts need, by their keys in the
// catalogue (`<template data-text="…">`, the filter `script`).
"use strict";

const language = document.documentElement.lang;
const digits = (number) => number.toLocaleString(language);

/**
 * A text as nodes, with what is `given` (words, numbers or nodes) where it says `{$name}`. A text has a form of its own for
 * one, if the words depend on `count`.
 */
function text(key, given = {}) {
  const form = "count" in given ? new Intl.PluralRules(language).select(given.count) : "other";
  const forms = [...document.querySelectorAll(`template[data-text="${key}"]`)];
  const found = forms.find((one) => one.dataset.form === form) ?? forms.find((one) => one.dataset.form === "other");
  // A test finds every key that is used. Whoever meets this still learns what was meant.
  const said = found ? document.importNode(found.content, true) : new DocumentFragment();
  if (!found) said.append(key);
  const [walker, parts] = [document.createTreeWalker(said, NodeFilter.SHOW_TEXT), []];
  while (walker.nextNode()) parts.push(walker.currentNode);
  const shown = (name) => (name === "count" ? digits(given.count) : given[name] ?? "");
  for (const part of parts) {
    part.replaceWith(...part.data.split(/\{\$([a-z_]+)\}/u).map((words, at) => (at % 2 === 0 ? words : shown(words))));
  }
  return said;
}

/** The same where no nodes can be. */
const words = (key, given) => text(key, given).textContent;
