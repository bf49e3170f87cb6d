variable "function_name" {
  description = "Name of the Lambda function."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,64}$", var.function_name))
    error_message = "A function name has 1 to 64 letters, digits, underscores and hyphens."
  }
}

variable "rule_name" {
  description = "Name of the EventBridge rule that starts the function."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9._-]{1,64}$", var.rule_name))
    error_message = "A rule name has 1 to 64 letters, digits, dots, underscores and hyphens."
  }
}

variable "package_file" {
  description = "Path of the zip that holds the executable \"bootstrap\"."
  type        = string
}

variable "package_sha256" {
  description = "SHA-256 of the zip in base64, as Lambda reports it. A new value deploys the zip again."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9+/]{43}=$", var.package_sha256))
    error_message = "A SHA-256 in base64 has 44 characters and ends with \"=\"."
  }
}

variable "role_arn" {
  description = "ARN of the role that the function holds. It outlives the stack."
  type        = string
}

variable "log_group_name" {
  description = "Name of the log group that the function writes to. It must exist, for the function may not create one."
  type        = string
}

variable "check_every_minutes" {
  description = "Minutes between two checks, 1 to 60: how late the end of a stack can be noticed."
  type        = number
  default     = 5

  validation {
    condition     = var.check_every_minutes >= 1 && var.check_every_minutes <= 60 && floor(var.check_every_minutes) == var.check_every_minutes
    error_message = "The check runs every 1 to 60 whole minutes."
  }
}

variable "environment" {
  description = "Environment variables of the function. They are readable by whoever may describe the function, so no secrets."
  type        = map(string)
  default     = {}
}

variable "architecture" {
  description = "Processor architecture of the executable: \"x86_64\" or \"arm64\"."
  type        = string
  default     = "x86_64"

  validation {
    condition     = contains(["x86_64", "arm64"], var.architecture)
    error_message = "The architecture is x86_64 or arm64."
  }
}

variable "tags" {
  description = "Tags for every resource of this module that takes tags, on top of the provider's default tags."
  type        = map(string)
  default     = {}
}
