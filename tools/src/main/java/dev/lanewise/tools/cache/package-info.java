/**
 * Models by name: the cache folder, fetching what the catalogue names, and converting what is not a {@code .lane} file yet,
 * once. What is in the cache was checked, is whole, and belongs to exactly one content, converter and type; everything in it
 * can be deleted at any time.
 */
package dev.lanewise.tools.cache;
