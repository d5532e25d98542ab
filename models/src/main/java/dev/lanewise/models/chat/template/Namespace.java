package dev.lanewise.models.chat.template;

import java.util.HashMap;
import java.util.Map;

/** Variables that outlive the scope they are set in. */
final class Namespace {
    final Map<String, Object> values = new HashMap<>();
}
