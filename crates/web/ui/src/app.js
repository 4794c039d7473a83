// The behaviour of every page. Each module binds itself to data- attributes on the document, so parts that htmx
// brings in later behave like those that came with the page.
import htmx from "htmx.org";
import "./confirm.js";
import "./copy.js";
import "./fence.js";
import "./keep.js";
import "./login.js";
import "./menu.js";
import "./search.js";
import "./secret.js";
import "./session.js";
import "./settings.js";
import "./theme.js";
import { fold } from "./tree.js";
import { times } from "./time.js";

fold(htmx);
times(document);
document.addEventListener("htmx:load", (event) => times(event.target));
