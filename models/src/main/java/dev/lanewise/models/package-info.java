/** The catalogue: which published models run by name, where their weights come from, and what they must output. */
package dev.lanewise.models;
