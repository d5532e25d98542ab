package dev.lanewise.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.lanewise.error.UnsupportedModelException;
import java.nio.CharBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PatternAutomatonTest {

    private static List<String> found(String pattern, String text) {
        PatternAutomaton automaton = PatternAutomaton.of(pattern);
        PatternAutomaton.Scratch scratch = new PatternAutomaton.Scratch();
        char[] chars = text.toCharArray();
        automaton.begin(0, chars.length, scratch);
        List<String> found = new ArrayList<>();
        for (int at = 0; at < chars.length;) {
            int end = automaton.end(chars, at, chars.length, scratch);
            if (end > at) {
                found.add(at + ":" + text.substring(at, end));
                at = end;
            } else {
                at += Character.charCount(text.codePointAt(at));
            }
        }
        return found;
    }

    /** The JDK's backtracking matcher finds the same, on short texts of few letters, which meet every corner. */
    @ParameterizedTest
    @ValueSource(strings = {"a*b|a", "a+(?!b)|b+$", "(?:ab|a)(?:c|bcd)", "a{2,3}|a{5}|b", "[^ab]?a+b*|\\s+(?!\\S)|\\s+",
            " ?a+|\\s*\\n+|\\s+(?!\\S)|.", "(?i:'s|'t)|a?'b+", "a?+b+|a++(?=c)|c", "(?:a|b)*c|b", "(?:a*b?)+c|a",
            "a(?=b)|b(?!a)",
            "[a-c&&[^b]]+|b", "a{0,2}b|(?:ac)+|\\p{Lu}\\p{Ll}*"})
    void findsWhatABacktrackingMatcherFinds(String pattern) {
        SplittableRandom random = new SplittableRandom(20270201);
        String alphabet = "aabbc 's\n\tAB";
        Pattern reference = Pattern.compile(pattern, Pattern.MULTILINE);
        for (int i = 0; i < 3_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int n = random.nextInt(i % 100 == 0 ? 300 : 12); n > 0; n--) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            List<String> expected = new ArrayList<>();
            Matcher matcher = reference.matcher(text);
            for (int at = 0; matcher.find(at); at = matcher.end()) {
                expected.add(matcher.start() + ":" + matcher.group());
            }
            assertEquals(expected, found(pattern, text.toString()), text.toString());
        }
    }

    /** What is unassigned, private or half a pair belongs to a category, too: every code point is where the JDK has it. */
    @ParameterizedTest
    @ValueSource(strings = {"\\p{C}", "\\p{Cc}", "\\p{Cf}", "\\p{Cn}", "\\p{Co}", "\\p{Cs}", "\\P{C}",
            "[^\\p{Cn}\\p{L}]",
            "\\p{N}", "\\p{M}", "\\p{Z}", "\\p{S}", "\\p{P}", "\\p{Alphabetic}"})
    void categories_areThoseOfTheJdk(String pattern) {
        PatternAutomaton automaton = PatternAutomaton.of(pattern);
        PatternAutomaton.Scratch scratch = new PatternAutomaton.Scratch();
        Matcher reference = Pattern.compile(pattern.replace("Alphabetic", "IsAlphabetic")).matcher("");
        for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
            char[] chars = Character.toChars(c);
            boolean expected = reference.reset(CharBuffer.wrap(chars)).matches();
            if (automaton.end(chars, 0, chars.length, scratch) != (expected ? chars.length : -1)) {
                fail("U+" + Integer.toHexString(c) + ": " + expected + " in the JDK");
            }
        }
    }

    /** A backtracking matcher would take n² or 2^n steps here. */
    @ParameterizedTest
    @ValueSource(strings = {"a*b|a", "(?:a|a)*b|a", "(?:a*)*b|a", "(?:a?){20}a{20}d|a", "a+$|a"})
    void hostilePatternsAndTexts_takeLinearTime(String pattern) {
        assertEquals(1_000_000, found(pattern, "a".repeat(1_000_000) + "c").stream()
                .mapToInt(match -> match.length() - match.indexOf(':') - 1).sum());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a*", "(a", "a)", "[a", "a**", "a*?", "(?<=a)b", "(?=ab)c", "\\bfoo", "(a)\\1",
            "\\p{Nonsense}", "\\p{}", "\\p{-}", "\\p{Cx}", "[b-a]",
            "a{3,2}", "a{2000}", "(?>a)", "(?i:[a-z])", "(?i:\u00E4)", "\\", "a{2}+", "^a", "a++ab", "[[:alpha:]]",
            "\\x{110000}",
            "(((((((((((((((((((((a)))))))))))))))))))))", "(?:(?:(?:a{100}){100}){100}){100}",
            "(?:a|b){0,900}c|(?:[ab]{0,900}d){0,90}"})
    void whatIsNotSupported_isRefusedByName(String pattern) {
        UnsupportedModelException e = assertThrows(UnsupportedModelException.class, () -> PatternAutomaton.of(pattern));
        assertTrue(e.getMessage().contains("pattern"), e.getMessage());
    }

    @Test
    void looksFarInVain_onceForEachPlace() {
        assertEquals(List.of(), found("\\s+$", " ".repeat(500_000) + "x"));
    }
}
