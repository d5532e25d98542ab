/**
 * Many callers, one model. {@link dev.lanewise.serving.Request}s of any number of threads come through a bounded queue to one
 * {@link dev.lanewise.serving.RequestLoop}, which computes what waits together, ragged: an
 * {@link dev.lanewise.serving.EmbeddingLoop} texts, a {@link dev.lanewise.serving.GenerationLoop} the next token of every text,
 * and a part of a prompt. {@code PagePool} is the memory for keys and values, with beginnings that texts share. How a token is
 * chosen and told lives above: callers meet all this as {@code dev.lanewise.Scheduler}. Owns no arithmetic.
 */
package dev.lanewise.serving;
