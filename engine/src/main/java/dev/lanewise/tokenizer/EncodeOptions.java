package dev.lanewise.tokenizer;

/**
 * How a text is encoded.
 *
 * @param addTemplate whether the tokens that the model wants around a text are added, as BERT's {@code [CLS]} and
 *            {@code [SEP]}
 * @param parseSpecial whether a special token that is spelled out in the text becomes its id; if not, it is text like any
 *            other, which is what text of a stranger should be where special tokens steer the model
 */
public record EncodeOptions(boolean addTemplate, boolean parseSpecial) {
    /** What the reference does unless told otherwise: both. */
    public static final EncodeOptions DEFAULT = new EncodeOptions(true, true);

    /** The same with or without the tokens of the template. */
    public EncodeOptions withAddTemplate(boolean add) {
        return new EncodeOptions(add, parseSpecial);
    }

    /** The same with special tokens in the text parsed or taken literally. */
    public EncodeOptions withParseSpecial(boolean parse) {
        return new EncodeOptions(addTemplate, parse);
    }
}
