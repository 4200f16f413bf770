import ArgumentParser
import Conversations

extension ContextLayout: ExpressibleByArgument {}
extension ContextRole: ExpressibleByArgument {}
