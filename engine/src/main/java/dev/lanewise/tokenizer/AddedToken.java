package dev.lanewise.tokenizer;

/**
 * A token that is found in the text before the model sees it. Its flags are those of {@code tokenizers}.
 *
 * @param id its id
 * @param content its text
 * @param singleWord whether it must not touch a word character on either side
 * @param stripLeft whether it takes the white space before it
 * @param stripRight whether it takes the white space after it
 * @param normalized whether it is looked for in the normalised text, itself normalised
 * @param special whether it steers the model and is no text: it can be left unparsed, and left out when decoding
 */
public record AddedToken(int id, String content, boolean singleWord, boolean stripLeft, boolean stripRight,
        boolean normalized, boolean special) {

    /** A special token with the flags that such tokens have by default. */
    public static AddedToken special(int id, String content) {
        return new AddedToken(id, content, false, false, false, false, true);
    }
}
