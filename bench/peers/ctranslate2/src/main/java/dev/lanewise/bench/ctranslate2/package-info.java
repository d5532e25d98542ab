/** CTranslate2 in a process of its own, driven by a script for its Python package. */
package dev.lanewise.bench.ctranslate2;
