/**
 * Models of SentencePiece: protobuf files with pieces, scores and rules of normalisation, whatever they are called
 * ({@code spiece.model}, {@code source.spm}, {@code sentencepiece.bpe.model}, {@code tokenizer.model}). Ids and texts are those
 * of SentencePiece itself. Which id a model of another kind gives to a piece is known by those who call.
 */
package dev.lanewise.tools.convert.sentencepiece;
