/**
 * Many callers, one model. Requests of any number of threads come through a bounded queue to one {@link Scheduler}, which
 * computes those that wait together, ragged: an {@link EmbeddingScheduler} texts, a {@link GenerationScheduler} the next token
 * of every text, and a part of a prompt. A {@link PagePool} is the memory for keys and values, with prefixes that texts share.
 * Callers meet it as {@link dev.lanewise.serving.Request}s; what they ask for, and how it is told, lives above. Owns no
 * arithmetic.
 */
package dev.lanewise.serving;
