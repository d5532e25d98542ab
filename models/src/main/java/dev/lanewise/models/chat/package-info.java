/**
 * Conversations: messages, and the ids that a model's own template makes of them. Uses the engine's public face alone, as an
 * application does; the language of templates is in {@link dev.lanewise.models.chat.template}.
 */
package dev.lanewise.models.chat;
