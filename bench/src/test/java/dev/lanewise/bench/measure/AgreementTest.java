package dev.lanewise.bench.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.bench.measure.Agreement.DisagreementException;
import org.junit.jupiter.api.Test;

class AgreementTest {

    @Test
    void check_isTheGreatestDifference() throws DisagreementException {
        assertEquals(0.25, Agreement.check("peer", new float[]{1, 2, 3}, new float[]{1, 2.25f, 2.875f}, 0.5));
    }

    @Test
    void check_furtherApart_orNotANumber_orOfAnotherLength_isADisagreement() {
        assertThrows(DisagreementException.class,
                () -> Agreement.check("peer", new float[]{1}, new float[]{2}, 0.5));
        assertThrows(DisagreementException.class,
                () -> Agreement.check("peer", new float[]{1}, new float[]{Float.NaN}, 0.5));
        assertThrows(DisagreementException.class,
                () -> Agreement.check("peer", new float[]{1}, new float[]{1, 1}, 0.5));
    }
}
