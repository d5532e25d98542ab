/**
 * Folders as CTranslate2 writes them: {@code model.bin} with named variables, in all versions of the file up to 6, vocabularies in
 * text or JSON, and {@code config.json}. Encoder-decoders and Whisper become our words; all else is shown and refused by name.
 */
package dev.lanewise.tools.convert.ctranslate2;
