/**
 * What real models need beyond arithmetic. Here is the catalogue: which published models run by name, where their weights come
 * from, under which licence, and what they must output. Facts only, one file an entry; nothing here fetches, converts or
 * computes, and nothing here names a host: a package is named by its coordinates, and its registry's ordinary client knows where
 * to get it. Conversations are in {@link dev.lanewise.models.chat}.
 */
package dev.lanewise.models;
