/**
 * How a conversation becomes a prompt: the chat templates that models come with, which are programs in a subset of Jinja, and
 * an interpreter that runs them as strangers' code is to be run. A template sees the values that it is given and nothing of
 * Java; steps, nesting, and the size of texts are bounded; what is not understood is an error with its place. Knows no model and
 * no token.
 */
package dev.lanewise.models.chat.template;
