package dev.lanewise.tokenizer;

import dev.lanewise.weights.Metadata.MetadataException;
import dev.lanewise.weights.Metadata;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The pieces that a model knows, and the tokens that were added to them. The model finds only the former, an id or a spelling
 * may mean either. Immutable and thread-safe.
 */
final class Vocabulary {
    /** No id may be this large; the largest published vocabularies have about a million pieces. */
    static final int MOST = 1 << 21;
    /** No piece and no added token may be longer, so that looking for one at every place of a text is linear in the text. */
    static final int LONGEST = 1000;

    private final String[] pieces; // [id], null where there is none
    private final boolean[] special; // [id]
    private final boolean[] isAdded; // [id]
    private final PieceTrie trie;
    private final Map<String, Integer> added = new HashMap<>();

    /**
     * @param words the pieces of the model by id, empty where an id has none
     * @param tokens the added tokens
     * @throws MetadataException if a piece or an id is there twice, is too long or too large, or means two things
     */
    Vocabulary(String[] words, List<AddedToken> tokens) {
        if (words.length > MOST) {
            throw TokenizerSpec.bad("vocabulary", "at most " + MOST + " pieces", words.length + "");
        }
        int size = words.length;
        long addedCharacters = 0;
        for (AddedToken token : tokens) {
            addedCharacters += token.content().length();
            if (token.id() < 0 || token.id() >= MOST) {
                throw TokenizerSpec.bad("added.ids", "0 to " + (MOST - 1), token.id() + "");
            }
            size = Math.max(size, token.id() + 1);
        }
        // Normalising makes them up to three times as long.
        if (addedCharacters > PieceTrie.MOST_NODES / 4) {
            throw TokenizerSpec.bad("added.contents", "at most " + PieceTrie.MOST_NODES / 4 + " characters",
                    addedCharacters + "");
        }
        pieces = new String[size];
        special = new boolean[size];
        isAdded = new boolean[size];
        long characters = 0;
        for (String word : words) {
            characters += word.length();
        }
        if (characters >= PieceTrie.MOST_NODES) {
            throw TokenizerSpec.bad("vocabulary", "fewer than " + PieceTrie.MOST_NODES + " characters",
                    characters + "");
        }
        // BERT's vocabulary shares two characters of three with the pieces before.
        trie = new PieceTrie((int) characters / 3);
        for (int id = 0; id < words.length; id++) {
            String word = words[id];
            if (!word.isEmpty()) {
                checkText("vocabulary", word);
                int before = trie.add(word, id);
                if (before != PieceTrie.NONE) {
                    throw TokenizerSpec.bad("vocabulary", "every piece once",
                            Metadata.quoted(word) + " as " + before + " and " + id);
                }
                pieces[id] = word;
            }
        }
        for (AddedToken token : tokens) {
            add(token);
        }
    }

    private void add(AddedToken token) {
        String content = token.content();
        checkText("added.contents", content);
        String piece = pieces[token.id()];
        int id = trie.find(content);
        if (piece != null && !piece.equals(content) || id != PieceTrie.NONE && id != token.id()) {
            throw TokenizerSpec.bad("added.ids", "the id that the vocabulary has for the token",
                    Metadata.quoted(content) + " as " + token.id() + ", which is "
                            + (piece == null ? "free" : Metadata.quoted(piece)));
        }
        if (added.putIfAbsent(content, token.id()) != null) {
            throw TokenizerSpec.bad("added.contents", "every token once", Metadata.quoted(content) + " twice");
        }
        pieces[token.id()] = content;
        special[token.id()] = token.special();
        isAdded[token.id()] = true;
    }

    /** The highest id and one. */
    int size() {
        return pieces.length;
    }

    /** The text of an id, or null if there is none. */
    String piece(int id) {
        return id >= 0 && id < pieces.length ? pieces[id] : null;
    }

    boolean isSpecial(int id) {
        return special[id];
    }

    /** Whether an id is that of an added token. */
    boolean isAdded(int id) {
        return isAdded[id];
    }

    /** The id of a text, or {@link PieceTrie#NONE}. */
    int id(String text) {
        Integer id = added.get(text);
        return id == null ? trie.find(text) : id;
    }

    /** The model's pieces alone. */
    PieceTrie trie() {
        return trie;
    }

    /** The model's pieces, and others with the ids that follow. */
    PieceTrie trieWith(String[] others) {
        if (others.length == 0) {
            return trie;
        }
        PieceTrie all = new PieceTrie(trie.size());
        for (int id = 0; id < pieces.length; id++) {
            if (pieces[id] != null && trie.find(pieces[id]) == id) {
                all.add(pieces[id], id);
            }
        }
        for (int i = 0; i < others.length; i++) {
            checkText("others", others[i]);
            if (all.size() > PieceTrie.MOST_NODES - LONGEST || all.add(others[i], size() + i) != PieceTrie.NONE) {
                throw TokenizerSpec.bad("others", "new pieces, not too many", Metadata.quoted(others[i]));
            }
        }
        return all;
    }

    static void checkText(String key, String text) {
        if (text.isEmpty() || text.length() > LONGEST) {
            throw TokenizerSpec.bad(key, "texts of 1 to " + LONGEST + " characters", "one of " + text.length());
        }
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                if (Character.charCount(text.codePointAt(i)) == 1) {
                    throw TokenizerSpec.bad(key, "well-formed texts", "half a surrogate pair");
                }
                i++;
            }
        }
    }
}
