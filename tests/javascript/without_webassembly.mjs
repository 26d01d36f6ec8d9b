// node --import without_webassembly.mjs SCRIPT: as in a browser that has no WebAssembly.
delete globalThis.WebAssembly;
