/**
 * What converters of decoders share, whatever the format: the words that families differ by are collected in a draft, and a
 * table of names says where a source keeps the tensors of the specification.
 */
package dev.lanewise.tools.convert.family;
