package dev.lanewise.error;

/** The model was closed before the call began. A call that runs while the model is closed ends normally. */
public final class ModelClosedException extends LanewiseException {
    private static final long serialVersionUID = 1L;

    /** @param model the file of the closed model */
    public ModelClosedException(String model) {
        super(model + ": the model is closed; open it again with Model.open, and close it after the last call");
    }
}
