/**
 * What another engine has to say to be compared: a {@link dev.lanewise.bench.peer.Peer} turns tasks into
 * {@link dev.lanewise.bench.peer.Work}. Implementations of foreign engines live in {@code bench/peers}, which is built only
 * when a comparison asks for it; nothing here may need a class of theirs.
 */
package dev.lanewise.bench.peer;
