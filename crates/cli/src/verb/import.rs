//! `ringfence import …` (wired when the importer lands).
